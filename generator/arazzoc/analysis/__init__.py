"""What the IR shows when it is looked at: values within values, what conditions come to, which steps run."""
