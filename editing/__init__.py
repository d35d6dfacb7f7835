"""Facts at two times to conflicts, and these to requests to edit what a language model knows."""

from editing.changes import EditError, changes
from editing.conflicts import write_changes
from editing.export import FORMATS, export_edits
from editing.requests import write_requests

__all__ = ["FORMATS", "EditError", "changes", "export_edits", "write_changes", "write_requests"]
