"""The services. What imports make stays: looking for garbage in it takes a tenth of an import."""

import gc

gc.set_threshold(50_000)
