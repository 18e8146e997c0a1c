"""The studio: programs start from a template, are edited as form and text side by side, and seen before they pay."""
