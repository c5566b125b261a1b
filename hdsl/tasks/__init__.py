"""Tasks that a repository sets itself: training data without a label from a person, judged by running its tests."""
