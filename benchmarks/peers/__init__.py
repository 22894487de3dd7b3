"""The peers of the broadcasts: the same small server in each library, as its documentation would write it."""
