"""Where texts are kept: homes of tensors (folders, packs) behind one interface. Needs no torch."""
