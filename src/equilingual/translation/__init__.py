"""Make a corpus parallel: engines behind one interface, and the stages that use them."""
