"""The demonstration: a drive through the live node, scored and pictured."""
