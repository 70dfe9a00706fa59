"""Run the cells of pages: environment, kernels, forks, and when to run at all."""
