"""What is published beside the pages: downloads, search, files for machines."""
