"""Why a workbook is refused: what is there, what is wanted, how to mend it."""

from portal.common.problems import N_, Problem, Sentence, WorkbookRefused, add_sentences

_SAVE_AS_XLSX = N_("Open it in Excel and save it as Excel Workbook (.xlsx).")
_KEEP_ONLY_DATA = N_("Copy the rows into a new workbook, as values, and send that one.")
_SEND_AGAIN = N_("Save it again in Excel, or download it again from where it came, and send the new copy.")
_LESS = N_("Delete pictures, and the columns and sheets that the list does not need, and save the workbook.")

SENTENCES = {
    "file_missing": Sentence(
        N_("There is no file that can be read at “%(file)s”."),
        N_("Check the name and the folder, and try again."),
    ),
    "file_empty": Sentence(N_("The file holds nothing at all (0 bytes)."), _SEND_AGAIN),
    "file_too_large": Sentence(
        N_("The file has %(size)s bytes; at most %(limit)s are accepted."),
        _LESS,
    ),
    "old_xls": Sentence(
        N_(
            "The file is an old Excel 97–2003 workbook (.xls), whatever its name says; an .xlsx "
            "workbook is wanted."
        ),
        _SAVE_AS_XLSX,
    ),
    "password_protected": Sentence(
        N_("The workbook is protected by a password and cannot be read."),
        N_("Open it in Excel, remove the password under File, Info, Protect Workbook, and save it."),
    ),
    "text_file": Sentence(
        N_("The file is plain text, such as CSV, whatever its name says; an .xlsx workbook is wanted."),
        _SAVE_AS_XLSX,
    ),
    "markup_file": Sentence(
        N_("The file is a web page or an XML file, whatever its name says; an .xlsx workbook is wanted."),
        _SAVE_AS_XLSX,
    ),
    "not_a_workbook": Sentence(
        N_("The file is no Excel workbook, whatever its name says; an .xlsx workbook is wanted."),
        _SAVE_AS_XLSX,
    ),
    "binary_workbook": Sentence(
        N_("The file is a binary workbook (.xlsb); an .xlsx workbook is wanted."), _SAVE_AS_XLSX
    ),
    "strict_workbook": Sentence(
        N_("The workbook was saved as Strict Open XML; the ordinary .xlsx kind is wanted."), _SAVE_AS_XLSX
    ),
    "damaged": Sentence(N_("The file is damaged or was cut off on its way; it cannot be read."), _SEND_AGAIN),
    "damaged_part": Sentence(
        N_("The workbook is damaged inside (%(part)s); it cannot be read to the end."), _SEND_AGAIN
    ),
    "too_many_parts": Sentence(
        N_("The workbook consists of more than %(limit)s parts; a list of rows needs about ten."),
        _KEEP_ONLY_DATA,
    ),
    "unsafe_part": Sentence(
        N_("The workbook holds a part with a name that Excel never writes (%(part)s)."), _KEEP_ONLY_DATA
    ),
    "active_content": Sentence(
        N_(
            "The workbook holds macros, links to other files or embedded objects (%(part)s); only "
            "plain cells are read."
        ),
        _KEEP_ONLY_DATA,
    ),
    "expands_too_far": Sentence(
        N_(
            "Unpacked, the workbook grows far beyond a list of rows; "
            "at most %(limit)s bytes and %(ratio)s times its own size are read."
        ),
        _KEEP_ONLY_DATA,
    ),
    "document_type": Sentence(
        N_("The workbook holds a document type declaration (%(part)s), which Excel never writes."),
        _KEEP_ONLY_DATA,
    ),
    "too_complex": Sentence(
        N_("The workbook is far more involved inside than a list of rows needs (%(part)s)."), _KEEP_ONLY_DATA
    ),
    "too_many_rows": Sentence(
        N_("One sheet has more than %(limit)s rows, counting formatted empty ones."),
        N_("Select the empty rows below the data in Excel, delete them, and save the workbook."),
    ),
    "row_too_far": Sentence(
        N_("One sheet has something in row %(row)s; rows are read down to row %(limit)s."),
        N_("Delete everything below the last row of the list, and save the workbook."),
    ),
    "too_many_cells": Sentence(N_("The workbook holds more cells than can be read at once."), _LESS),
    "too_wide": Sentence(
        N_("Row %(row)s of one sheet fills more than %(limit)s columns; the list needs far fewer."),
        N_("Delete the columns that do not belong to the list, and save the workbook."),
    ),
    "merged_cells": Sentence(
        N_("The workbook merges cells over a very large area (%(area)s)."),
        N_("Select the whole sheet in Excel, choose Unmerge Cells, and save the workbook."),
    ),
    "no_sheet": Sentence(
        N_("No sheet has the wanted headings (%(headings)s) in its first %(rows)s rows. Its sheets: %(sheets)s."),
        N_("Put the headings, written exactly so, in one row above the data."),
    ),
    "missing_heading": Sentence(
        N_("Sheet “%(sheet)s” lacks the heading %(missing)s. Row %(row)s holds: %(found)s."),
        N_("Add the missing heading to that row, written exactly so, with its column below."),
    ),
    "duplicate_heading": Sentence(
        N_(
            "Sheet “%(sheet)s” has the heading “%(heading)s” more than once (%(cells)s); it is "
            "unclear which counts."
        ),
        N_("Delete or rename the column that does not count."),
    ),
    "several_sheets": Sentence(
        N_("More than one sheet has all the headings (%(sheets)s); it is unclear which counts."),
        N_("Leave one of them in the workbook and delete the others, hidden ones too."),
    ),
    "hidden_sheet": Sentence(
        N_("The sheet with the headings, “%(sheet)s”, is hidden; only what can be seen is read."),
        N_("Unhide the sheet in Excel, check its rows, and save the workbook."),
    ),
    "no_rows": Sentence(
        N_("Sheet “%(sheet)s” has the headings in row %(row)s but no row of data below them."),
        N_("Fill in at least one row under the headings."),
    ),
}
add_sentences(SENTENCES)


def refuse(code: str, **params: str) -> WorkbookRefused:
    """The error for one of the codes above, to be raised by the caller."""
    return WorkbookRefused(Problem(code, params))
