"""A folder of photos or a video: what is there, what is wrong with it, and the pictures to go on with."""
