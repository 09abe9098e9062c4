"""Reading, writing and replaying rosbag2 bags without a ROS installation."""
