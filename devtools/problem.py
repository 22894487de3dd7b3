"""What stops a command: a sentence for the user instead of a traceback."""


class Problem(Exception):  # noqa: N818 - the user's problem, not the program's error
    """Something that the user can mend; its text names the cause and what to do."""
