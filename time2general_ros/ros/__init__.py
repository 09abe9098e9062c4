"""The live node; the only room that imports rclpy."""
