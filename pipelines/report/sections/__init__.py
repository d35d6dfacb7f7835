"""One module a section of the report: `section(connection)` gives what its template shows."""
