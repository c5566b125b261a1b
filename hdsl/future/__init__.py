"""FutureTensor, Status and the puller: coordinates in, an element out."""
