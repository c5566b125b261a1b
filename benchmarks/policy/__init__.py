"""How many destructive command lines the policy finds, and how many harmless ones it takes for such."""
