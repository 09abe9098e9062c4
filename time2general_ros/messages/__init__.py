"""Image messages to arrays and back, by their fields, without importing ROS."""
