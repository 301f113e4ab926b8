"""Whether the texts of a corpus are in the language that the configuration says: files are easily mixed up."""

import random
from collections import Counter

from equilingual.identification import count_characters, language_probability, likeliest_language

_TEXTS = 100  # looked at; on the demo's eleven languages each was told from each other one by every text
_CHARACTERS = 40  # shorter texts are not identified, as by translation.filters.language_characters
_PROBABILITY = 0.3  # of the language, as translation.filters.language asks for
_SHARE = 0.5  # fewer such texts are said: names, code and quotes in other languages are in every corpus


class LanguageSample:
    """A random sample of a corpus's texts, the same for the same corpus."""

    def __init__(self) -> None:
        self._random = random.Random(0)
        self._seen = 0
        self._texts: list[str] = []

    def add(self, text: str) -> None:
        """Offer a text to the sample."""
        if count_characters(text) < _CHARACTERS:
            return
        self._seen += 1
        if len(self._texts) < _TEXTS:
            self._texts.append(text)
        elif (place := self._random.randrange(self._seen)) < _TEXTS:
            self._texts[place] = text

    def problem(self, language: str) -> str | None:
        """Return that most of the texts are in another language, and in which; ``None`` where they are not."""
        found = [
            probability for text in self._texts if (probability := language_probability(text, language)) is not None
        ]
        right = sum(probability >= _PROBABILITY for probability in found)
        if right >= _SHARE * len(found):
            return None
        (likely, times), *_ = Counter(map(likeliest_language, self._texts)).most_common(1)
        return (
            f"only {right} of {len(found)} texts look like {language!r}, and {times} like {likely!r}: "
            "is this the right file?"
        )
