"""Files of events: CSV, JSON Lines and Parquet, with a mapping and a report of refused rows."""

from pipeline.files.importing import ImportReport, import_file
from pipeline.files.mapping import FieldMapping

__all__ = ["FieldMapping", "ImportReport", "import_file"]
