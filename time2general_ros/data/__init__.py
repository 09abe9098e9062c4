"""Label sets, data sets, clips and augmentation."""
