"""Run the applications of other frameworks inside the handler."""
