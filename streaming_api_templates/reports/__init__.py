"""Write what the rules found: as a table, as JSON, as SARIF, or as annotations of GitHub."""
