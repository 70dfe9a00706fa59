"""The smallest site: proved pages on NumPy, without TensorFlow."""

project = "Numbers"
extensions = ["proved_pages"]
html_theme = "furo"
exclude_patterns = ["out"]
kernel_environment = {"OPENBLAS_NUM_THREADS": "1"}
proved_on = {"NumPy": ["numpy"]}
proved_warm_modules = ["numpy"]
