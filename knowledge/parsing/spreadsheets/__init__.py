"""Spreadsheets: values as they are displayed, and tables as people see them on a sheet."""
