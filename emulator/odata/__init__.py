"""OData filters: which connections the commands of `:execute` are for.

Source: the filter reference of Azure Web PubSub, the service's sister; the one published example here has its form.
"""
