"""Numbers of other people, kept in ``entries``, and what it takes to rebuild them."""
