//! Audio and video: duration, waveform, dimensions.

use std::io::{self, Read, Seek, SeekFrom};
use std::time::Duration;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::common::Limit;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::{self, TimeBase};
use symphonia::default;

use super::peaks::Peaks;
use super::{Input, Output, mp4, sandbox};
use crate::processed::ProcessOptions;
use crate::protocol::{Failure, Summary};

/// CPU time for decoding; a longer recording has no waveform.
const DECODING: Duration = Duration::from_secs(10);

/// Bytes of one tag and of one picture that are kept in memory; longer ones are skipped.
const TAG_BYTES: usize = 64 * 1024;

/// Durations above this are not believed: 100 years.
pub const LONGEST_MS: u64 = 100 * 366 * 24 * 60 * 60 * 1000;

/// Processes audio or video.
pub fn process(
    media_type: &str,
    file: &mut dyn Input,
    size: u64,
    options: ProcessOptions,
) -> Result<Output, Failure> {
    let is_turned = mp4::is_turned(file, size);
    file.rewind().map_err(|error| failure(error.into()))?;
    let source = Box::new(Borrowed { file, size });
    let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
    let tags = MetadataOptions::default()
        .limit_tag_bytes(Limit::Maximum(TAG_BYTES))
        .limit_visual_bytes(Limit::Maximum(TAG_BYTES));
    let mut hint = Hint::new();
    hint.mime_type(media_type);
    let probed = default::get_probe().probe(&hint, stream, FormatOptions::default(), tags);
    let mut reader = probed.map_err(failure)?;
    let mut summary = Summary {
        duration_ms: stated_duration(reader.as_ref()),
        ..Summary::default()
    };
    if let Some((width, height)) = dimensions(reader.as_ref()) {
        let (width, height) = if is_turned {
            (height, width)
        } else {
            (width, height)
        };
        summary.width = Some(width);
        summary.height = Some(height);
    }
    let is_decoded = options.waveform && media_type.starts_with("audio/");
    read_packets(reader.as_mut(), is_decoded, &mut summary)?;
    Ok(Output {
        summary,
        ..Output::default()
    })
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Unsupported(feature) => Failure::Unsupported(feature.to_owned()),
        Error::LimitError(bound) => Failure::TooLarge(bound.to_owned()),
        error => Failure::Malformed(error.to_string()),
    }
}

fn dimensions(reader: &dyn FormatReader) -> Option<(u32, u32)> {
    let track = reader.default_track(TrackType::Video)?;
    let Some(CodecParameters::Video(video)) = &track.codec_params else {
        return None;
    };
    let width = video.width.filter(|width| *width > 0)?;
    let height = video.height.filter(|height| *height > 0)?;
    Some((width.into(), height.into()))
}

/// Returns the duration that the container states.
fn stated_duration(reader: &dyn FormatReader) -> Option<u64> {
    let info = reader.media_info();
    let whole = milliseconds(info.time_base, info.duration);
    whole.or_else(|| {
        let tracks = reader.tracks().iter();
        let durations = tracks.filter_map(|track| milliseconds(track.time_base, track.duration));
        durations.max()
    })
}

fn milliseconds(base: Option<TimeBase>, duration: Option<units::Duration>) -> Option<u64> {
    let time = base?.calc_duration(duration?)?;
    let milliseconds = u64::try_from(time.as_millis()).ok()?;
    (1..=LONGEST_MS)
        .contains(&milliseconds)
        .then_some(milliseconds)
}

/// Reads the packets of a track for what the container does not state: the waveform, and the
/// duration of a recording that a browser wrote while it was made.
fn read_packets(
    reader: &mut dyn FormatReader,
    is_decoded: bool,
    summary: &mut Summary,
) -> Result<(), Failure> {
    let audio = reader.default_track(TrackType::Audio);
    let video = reader.default_track(TrackType::Video);
    let Some(track) = audio.or(video).cloned() else {
        return Err(Failure::Unsupported("no audio or video track".to_owned()));
    };
    let decoder = if is_decoded { decoder(&track) } else { None };
    if decoder.is_none() && summary.duration_ms.is_some() {
        return Ok(());
    }
    let mut recording = Recording {
        decoder,
        peaks: Peaks::default(),
        samples: Vec::new(),
        end: 0,
    };
    if recording.read(reader, track.id) {
        let end = units::Duration::new(recording.end);
        let measured = milliseconds(track.time_base, Some(end));
        summary.duration_ms = recording
            .decoded_duration()
            .or(measured)
            .or(summary.duration_ms);
        summary.waveform = recording.peaks.into_bars();
    }
    Ok(())
}

fn decoder(track: &Track) -> Option<Box<dyn AudioDecoder>> {
    let Some(CodecParameters::Audio(audio)) = &track.codec_params else {
        return None;
    };
    let options = AudioDecoderOptions::default().verify(false);
    default::get_codecs()
        .make_audio_decoder(audio, &options)
        .ok()
}

/// One track while its packets are read.
struct Recording {
    decoder: Option<Box<dyn AudioDecoder>>,
    peaks: Peaks,
    samples: Vec<f32>,
    /// End of the last packet in units of the track's time base.
    end: u64,
}

impl Recording {
    /// Reads to the end of the track; returns false if a bound was hit before.
    fn read(&mut self, reader: &mut dyn FormatReader, track: u32) -> bool {
        let started = sandbox::cpu_time();
        loop {
            if sandbox::cpu_time().saturating_sub(started) > DECODING {
                return false;
            }
            let packet = match reader.next_packet() {
                Ok(Some(packet)) => packet,
                // A truncated file is played as far as it reaches.
                Ok(None) | Err(Error::DecodeError(_)) => return true,
                Err(Error::IoError(error)) => return error.kind() == io::ErrorKind::UnexpectedEof,
                Err(_) => return false,
            };
            if packet.track_id != track {
                continue;
            }
            let end = packet.pts.saturating_add(packet.dur).get();
            self.end = self.end.max(u64::try_from(end).unwrap_or(0));
            if let Some(decoder) = &mut self.decoder {
                // A damaged packet is skipped, as players do.
                if let Ok(decoded) = decoder.decode(&packet) {
                    let channels = decoded.spec().channels().count();
                    self.peaks.set_rate(decoded.spec().rate());
                    decoded.copy_to_vec_interleaved(&mut self.samples);
                    self.peaks.add(&self.samples, channels);
                }
            }
        }
    }

    fn decoded_duration(&self) -> Option<u64> {
        self.decoder.as_ref().and(self.peaks.duration_ms())
    }
}

/// The file as a source of the demuxer, which wants to own one.
struct Borrowed<'a> {
    file: &'a mut dyn Input,
    size: u64,
}

impl Read for Borrowed<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        self.file.read(target)
    }
}

impl Seek for Borrowed<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl MediaSource for Borrowed<'_> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.size)
    }
}
