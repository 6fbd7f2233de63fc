#!/usr/bin/env python3
"""make_digits.py WHEEL - digits.npy, out of a wheel of scikit-learn.

  pip download scikit-learn --no-deps
  ./make_digits.py scikit_learn-*.whl

The result is u8 [1797, 65]: 64 pixels of 0 to 16, row by row, and the digit. Needs NumPy.
"""
import gzip
import pathlib
import sys
import zipfile

import numpy as np

text = gzip.decompress(zipfile.ZipFile(sys.argv[1]).read("sklearn/datasets/data/digits.csv.gz")).decode()
table = np.array([[int(float(cell)) for cell in line.split(",")] for line in text.split()])
assert table.shape == (1797, 65) and table.min() == 0 and table[:, :64].max() == 16 and table[:, 64].max() == 9
np.save(pathlib.Path(__file__).parent / "digits.npy", table.astype(np.uint8))
