"""Who may reach what: scoped querysets, named policies of views, personal fields. Every room stands on it."""
