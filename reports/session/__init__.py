"""What follows the tests of a run: pytest's reports in, the verdict out."""
