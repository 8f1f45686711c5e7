"""A trained model as a folder: its files, their format, and the checks that loading one makes."""
