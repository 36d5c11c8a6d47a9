"""Regular languages of schema patterns: parsing, an algebra with and/not, the shortest words of a language.

May import: values and the budget of the package above.
"""

from __future__ import annotations
