"""What can go wrong, in words that say what to do. Every house raises children of WarewordError."""


class WarewordError(Exception):
    """A failure that the user can mend; the message ends with how."""


class WarehouseError(WarewordError):
    """The warehouse file is missing, busy, or of another version."""


class LoadError(WarewordError):
    """A file cannot be loaded; the warehouse is as it was before."""


class HeaderError(LoadError):
    """The header of a file does not tell what its columns or rows are."""


class ContractError(LoadError):
    """A data contract cannot be read, or a file does not keep the one that it was promised by."""
