"""Voice notes and small videos, as telephones make them."""

import io

import av
import numpy as np

from tests.data.files.make import makes

PLACE = "+36.8000+010.1800/"


def _recorded(
    form: str, sound: str = "", pictures: str = "", rate: int = 48000, **tags: str
) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=form) as film:
        film.metadata.update(tags)
        streams = []
        if pictures:
            stream = film.add_stream(pictures, rate=10)
            stream.width, stream.height, stream.pix_fmt = 176, 144, "yuv420p"
            streams.append((stream, _frames()))
        if sound:
            stream = film.add_stream(sound, rate=rate)
            stream.layout = "mono"
            streams.append((stream, _tone(rate)))
        for stream, frames in streams:
            for frame in frames:
                film.mux(stream.encode(frame))
            film.mux(stream.encode(None))
    return out.getvalue()


def _frames():
    for step in range(5):
        yield av.VideoFrame.from_ndarray(
            np.full((144, 176, 3), 40 * step, np.uint8), format="rgb24"
        )


def _tone(rate: int):
    wave = (3000 * np.sin(np.arange(rate // 2) / 20)).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(wave[None, :], format="s16", layout="mono")
    frame.sample_rate, frame.pts = rate, 0
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate, frame_size=960)
    yield from resampler.resample(frame)


@makes("good/ogg/voice-opus.ogg")
def opus() -> bytes:
    return _recorded("ogg", "libopus")


@makes("good/mp3/voice.mp3")
def mp3() -> bytes:
    return _recorded("mp3", "libmp3lame", rate=44100, title="Voice")


@makes("good/wav/voice.wav")
def wav() -> bytes:
    return _recorded("wav", "pcm_s16le", rate=8000)


@makes("good/flac/voice.flac")
def flac() -> bytes:
    return _recorded("flac", "flac", rate=8000)


@makes("good/m4a/iphone-voice.m4a")
def m4a() -> bytes:
    return _recorded("ipod", "aac", location=PLACE)


@makes("good/m4a/voice-in-video-boxes.mp4")
def sound_alone() -> bytes:
    return _recorded("mp4", "aac")


@makes("good/aac/voice.aac")
def aac() -> bytes:
    return _recorded("adts", "aac")


@makes("good/mp4/android-video.mp4")
def video() -> bytes:
    return _recorded("mp4", "aac", "mpeg4", location=PLACE, comment="Zqxmarker device")


@makes("good/mov/iphone-video.mov")
def mov() -> bytes:
    return _recorded("mov", "aac", "mpeg4", location=PLACE, comment="Zqxmarker device")


@makes("good/3gp/old-phone-video.3gp")
def old_phone() -> bytes:
    return _recorded("3gp", "aac", "mpeg4", location=PLACE)


@makes("good/3ga/old-phone-voice.3gp")
def old_voice() -> bytes:
    return _recorded("3gp", "aac", rate=16000)


@makes("good/amr/old-phone-voice.amr")
def amr() -> bytes:
    """No encoder is at hand: frames of the lowest rate, all silent."""
    return b"#!AMR\n" + (b"\x04" + bytes(12)) * 50
