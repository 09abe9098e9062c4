"""Parts of the TensorRT engine: building plans, keeping them, and device memory."""
