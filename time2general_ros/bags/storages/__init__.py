"""What recordings are stored in: rosbag2 in MCAP and SQLite, ROS 1, folders and packed files."""
