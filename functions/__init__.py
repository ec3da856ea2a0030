"""The services.

What imports make stays, so it is not worth looking for garbage among it so often.
"""

import gc

gc.set_threshold(100_000)
