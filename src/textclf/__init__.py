"""Neural text classification on PyTorch."""
