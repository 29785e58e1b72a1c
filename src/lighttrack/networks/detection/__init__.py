"""The paper's detectors as torch modules; they need the extra `train`."""
