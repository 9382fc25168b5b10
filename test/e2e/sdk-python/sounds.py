"""Writes WAV files for uploads."""

import array
import math
import random
import wave


def write_tone(path: str, seconds: float, rate: int = 44100) -> None:
    """Writes a tone that gets louder from silence."""
    count = int(seconds * rate)
    samples = (int(32000 * n / count * math.sin(2 * math.pi * 440 * n / rate)) for n in range(count))
    _write(path, rate, array.array("h", samples).tobytes())


def write_noise(path: str, count: int, rate: int = 44100) -> None:
    """Writes `count` bytes of noise, with no two equal parts."""
    _write(path, rate, random.Random(1).randbytes(count))


def _write(path: str, rate: int, frames: bytes) -> None:
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(frames)
