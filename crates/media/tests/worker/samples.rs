//! Files made by the tests.

use std::fmt::Write;
use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

/// Returns an image whose four quarters are red, green, blue and white.
pub fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        match (x * 2 < width, y * 2 < height) {
            (true, true) => Rgb([255, 0, 0]),
            (false, true) => Rgb([0, 255, 0]),
            (true, false) => Rgb([0, 0, 255]),
            (false, false) => Rgb([255, 255, 255]),
        }
    })
}

pub fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    encode(quarters(width, height), ImageFormat::Jpeg)
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    encode(quarters(width, height), ImageFormat::Png)
}

/// Returns an image whose left half is transparent.
pub fn half_transparent(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, _| {
        Rgba([200, 10, 10, if x * 2 < width { 0 } else { 255 }])
    })
}

/// Returns an animation of two frames.
pub fn animated_gif(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    let first = DynamicImage::from(quarters(width, height)).into_rgba8();
    let second = RgbaImage::from_pixel(width, height, Rgba([0, 0, 0, 255]));
    encoder
        .encode_frames([Frame::new(first), Frame::new(second)])
        .unwrap();
    drop(encoder);
    bytes
}

/// Text that is in the metadata of the samples and must not be in a stripped file.
pub const SECRET: &[u8] = b"48.8584N";

/// Returns an EXIF block with an orientation, a description and a GPS position.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x03".to_vec();
    let description_at = 8 + 2 + 3 * 12 + 4;
    let gps_at = description_at + SECRET.len() + 1;
    let mut tag = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        tiff.extend(tag.to_be_bytes());
        tiff.extend(kind.to_be_bytes());
        tiff.extend(count.to_be_bytes());
        tiff.extend(value);
    };
    let length = u32::try_from(SECRET.len() + 1).unwrap();
    let offset = |at: usize| u32::try_from(at).unwrap().to_be_bytes();
    tag(0x010e, 2, length, offset(description_at));
    tag(0x0112, 3, 1, [0, orientation, 0, 0]);
    tag(0x8825, 4, 1, offset(gps_at));
    tiff.extend([0; 4]);
    tiff.extend(SECRET);
    tiff.push(0);
    // GPS block: the latitude's reference, "N".
    tiff.extend(b"\0\x01\0\x01\0\x02\0\0\0\x02N\0\0\0\0\0\0\0");
    tiff
}

/// Inserts segments with metadata after the start of a JPEG and appends a "motion photo".
pub fn jpeg_with_metadata(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut file = jpeg[..2].to_vec();
    let mut segment = |marker: u8, content: &[u8]| {
        file.extend([0xff, marker]);
        file.extend(u16::try_from(content.len() + 2).unwrap().to_be_bytes());
        file.extend(content);
    };
    segment(0xe1, &[b"Exif\0\0".as_slice(), &exif(orientation)].concat());
    let xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>48.8584N</x:xmpmeta>";
    segment(0xe1, xmp);
    segment(0xe2, &icc_segment());
    segment(0xed, b"Photoshop 3.0\08BIM48.8584N");
    segment(0xfe, SECRET);
    file.extend(&jpeg[2..]);
    file.extend(b"\0\0\0\x18ftypmp42");
    file.extend(SECRET);
    file
}

/// Returns a short profile of color space RGB, as its JPEG segment.
fn icc_segment() -> Vec<u8> {
    [b"ICC_PROFILE\0\x01\x01".as_slice(), &icc_profile()].concat()
}

pub fn icc_profile() -> Vec<u8> {
    let mut profile = vec![0; 128];
    profile[..4].copy_from_slice(&128_u32.to_be_bytes());
    profile[12..24].copy_from_slice(b"mntrRGB XYZ ");
    profile[36..40].copy_from_slice(b"acsp");
    profile
}

/// Returns a PNG with text chunks and EXIF.
pub fn png_with_metadata(png: &[u8], orientation: u8) -> Vec<u8> {
    let mut file = png[..33].to_vec();
    chunk(
        &mut file,
        *b"tEXt",
        &[b"Comment\0".as_slice(), SECRET].concat(),
    );
    chunk(&mut file, *b"eXIf", &exif(orientation));
    file.extend(&png[33..]);
    file.extend(SECRET);
    file
}

pub fn chunk(file: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    file.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
    let start = file.len();
    file.extend(kind);
    file.extend(content);
    let crc = crc(&file[start..]);
    file.extend(crc.to_be_bytes());
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _: u8| {
        if sum & 1 == 1 {
            sum >> 1 ^ 0xedb8_8320
        } else {
            sum >> 1
        }
    };
    let byte = |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), step);
    !bytes.iter().fold(u32::MAX, byte)
}

/// Returns a WebP in the extended format with EXIF and XMP.
pub fn webp_with_metadata(webp: &[u8], width: u32, height: u32, orientation: u8) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    let mut header = vec![0x0c, 0, 0, 0];
    header.extend(&(width - 1).to_le_bytes()[..3]);
    header.extend(&(height - 1).to_le_bytes()[..3]);
    let mut chunk = |kind: &[u8], content: &[u8]| {
        body.extend(kind);
        body.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
        body.extend(content);
        body.extend(&[0][..content.len() % 2]);
    };
    chunk(b"VP8X", &header);
    chunk(&webp[12..16], &webp[20..]);
    chunk(b"EXIF", &exif(orientation));
    chunk(b"XMP ", SECRET);
    let mut file = b"RIFF".to_vec();
    file.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
    file.extend(body);
    file
}

/// Returns a tone of 440 Hz that grows louder: 16 bit, mono, 8 kHz.
pub fn wav(seconds: u16) -> Vec<u8> {
    let frames = u32::from(seconds) * 8_000;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + frames * 2).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data");
    file.extend((frames * 2).to_le_bytes());
    for frame in 0..frames {
        let time = f64::from(frame) / 8_000.0;
        let loudness = 20_000.0 * time / f64::from(seconds);
        let sample = (time * 440.0 * std::f64::consts::TAU).sin() * loudness;
        #[expect(clippy::cast_possible_truncation, reason = "at most 20,000")]
        file.extend((sample as i16).to_le_bytes());
    }
    file
}

/// Returns a document of empty pages.
pub fn pdf(pages: usize) -> Vec<u8> {
    let mut kids = String::new();
    for page in 0..pages {
        let _ = write!(kids, "{} 0 R ", page + 3);
    }
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Kids[{kids}]/Count {pages}>>"),
    ];
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>";
    objects.extend(vec![page.to_owned(); pages]);
    let count = objects.len() + 1;
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = format!("xref\n0 {count}\n0000000000 65535 f \n");
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        let _ = write!(file, "{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let table_at = file.len();
    let trailer = format!("trailer<</Size {count}/Root 1 0 R>>\nstartxref\n{table_at}\n%%EOF");
    [file, table, trailer].concat().into_bytes()
}

/// Returns that many MiB of zero bytes, compressed.
///
/// One compressed MiB is repeated: it ends at a byte, and refers to nothing but zeros.
pub fn deflated_zeros(mebibytes: u32) -> Vec<u8> {
    let zeros = vec![0; 1 << 20];
    let mut compress = flate2::Compress::new(flate2::Compression::fast(), false);
    let mut block = Vec::with_capacity(1 << 16);
    let flush = flate2::FlushCompress::Sync;
    compress.compress_vec(&zeros, &mut block, flush).unwrap();
    assert_eq!(compress.total_in(), 1 << 20);
    let mut stream = b"\x78\x01".to_vec();
    for _ in 0..mebibytes {
        stream.extend(&block);
    }
    // An empty last block and the checksum, Adler-32.
    stream.extend([1, 0, 0, 0xff, 0xff]);
    let sum = u64::from(mebibytes) * (1 << 20) % 65_521;
    stream.extend(u16::try_from(sum).unwrap().to_be_bytes());
    stream.extend([0, 1]);
    stream
}

/// Returns a gray PNG of any claimed size with the given compressed content.
pub fn png_of(width: u32, height: u32, content: &[u8]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = width.to_be_bytes().to_vec();
    header.extend(height.to_be_bytes());
    header.extend([8, 0, 0, 0, 0]);
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", content);
    chunk(&mut file, *b"IEND", &[]);
    file
}
