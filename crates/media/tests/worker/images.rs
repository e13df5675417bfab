use image::{DynamicImage, GenericImageView, ImageFormat};
use media::{ProcessError, Processed};

use crate::samples::{self, SECRET};
use crate::support::{pool, process};

fn sizes(done: &Processed) -> Vec<(&str, u32, u32)> {
    let size = |variant: &media::Variant| (variant.name, variant.width, variant.height);
    done.variants
        .iter()
        .map(size)
        .map(|(name, width, height)| match name {
            "64" => ("64", width, height),
            "320" => ("320", width, height),
            _ => ("1280", width, height),
        })
        .collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Returns the color of the upper left corner: `r`, `g`, `b` or `w`.
fn corner(image: &DynamicImage) -> char {
    let [red, green, blue, _] = image.get_pixel(2, 2).0;
    match [red, green, blue].map(|channel| channel > 127) {
        [true, false, false] => 'r',
        [false, true, false] => 'g',
        [false, false, true] => 'b',
        [true, true, true] => 'w',
        _ => '?',
    }
}

fn decode(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).unwrap()
}

#[tokio::test]
async fn wide_jpeg_gets_three_variants_and_a_blurhash() {
    let done = process(&pool(), "image/jpeg", &samples::jpeg(1400, 700)).await;
    let done = done.unwrap();
    assert_eq!((done.width, done.height), (Some(1400), Some(700)));
    assert_eq!(
        sizes(&done),
        [("64", 64, 32), ("320", 320, 160), ("1280", 1280, 640)]
    );
    for variant in &done.variants {
        assert_eq!(variant.content_type, "image/jpeg");
        let image = decode(&variant.bytes);
        assert_eq!(
            (image.width(), image.height()),
            (variant.width, variant.height)
        );
        assert_eq!(corner(&image), 'r');
    }
    assert_eq!(done.blurhash.map(|hash| hash.len()), Some(28));
    assert_eq!(done.stripped, None);
}

#[tokio::test]
async fn small_image_is_never_enlarged() {
    let done = process(&pool(), "image/png", &samples::png(100, 50)).await;
    assert_eq!(sizes(&done.unwrap()), [("64", 64, 32), ("320", 100, 50)]);
    let done = process(&pool(), "image/png", &samples::png(1, 1)).await;
    assert_eq!(sizes(&done.unwrap()), [("64", 1, 1)]);
}

#[tokio::test]
async fn tall_image_is_bounded_in_height() {
    let done = process(&pool(), "image/png", &samples::png(20, 4000)).await;
    assert_eq!(sizes(&done.unwrap()), [("64", 1, 192)]);
}

#[tokio::test]
async fn orientation_is_applied_and_kept_without_location() {
    let pool = pool();
    let upright = samples::jpeg(400, 200);
    for (orientation, expected) in [(1, 'r'), (3, 'w'), (6, 'b'), (8, 'g')] {
        let file = samples::jpeg_with_metadata(&upright, orientation);
        let done = process(&pool, "image/jpeg", &file).await.unwrap();
        let is_turned = orientation > 4;
        let shown = if is_turned { (200, 400) } else { (400, 200) };
        assert_eq!((done.width, done.height), (Some(shown.0), Some(shown.1)));
        assert_eq!(corner(&decode(&done.variants[1].bytes)), expected);

        let stripped = done.stripped.unwrap();
        assert!(!contains(&stripped, SECRET), "orientation {orientation}");
        assert!(contains(&stripped, &samples::icc_profile()));
        let pixels = |file: &[u8]| decode(file).into_rgb8().into_raw();
        assert_eq!(pixels(&stripped), pixels(&file));
        // Processing it again finds the same orientation and nothing to remove.
        let again = process(&pool, "image/jpeg", &stripped).await.unwrap();
        assert_eq!((again.width, again.height), (done.width, done.height));
        assert_eq!(again.variants, done.variants);
        assert_eq!(again.stripped, None);
    }
}

#[tokio::test]
async fn metadata_of_png_and_webp_is_removed() {
    let webp = samples::encode(samples::quarters(400, 200), ImageFormat::WebP);
    let files = [
        (
            "image/png",
            samples::png_with_metadata(&samples::png(400, 200), 6),
        ),
        (
            "image/webp",
            samples::webp_with_metadata(&webp, 400, 200, 6),
        ),
    ];
    let pool = pool();
    for (kind, file) in files {
        assert!(contains(&file, SECRET));
        let done = process(&pool, kind, &file).await.unwrap();
        assert_eq!((done.width, done.height), (Some(200), Some(400)), "{kind}");
        let stripped = done.stripped.unwrap();
        assert!(!contains(&stripped, SECRET), "{kind}");
        let again = process(&pool, kind, &stripped).await.unwrap();
        assert_eq!(
            (again.width, again.height),
            (Some(200), Some(400)),
            "{kind}"
        );
        assert_eq!(again.stripped, None, "{kind}");
    }
}

#[tokio::test]
async fn comment_of_a_gif_is_removed_and_its_animation_kept() {
    let gif = samples::animated_gif(80, 40);
    let mut file = gif[..gif.len() - 1].to_vec();
    file.extend(b"\x21\xfe\x08");
    file.extend(SECRET);
    file.extend(b"\0\x3b");
    let done = process(&pool(), "image/gif", &file).await.unwrap();
    assert_eq!(corner(&decode(&done.variants[0].bytes)), 'r');
    assert_eq!(done.stripped.as_deref(), Some(gif.as_slice()));
}

#[tokio::test]
async fn transparent_image_gets_png_variants() {
    let file = samples::encode(samples::half_transparent(400, 400), ImageFormat::Png);
    let done = process(&pool(), "image/png", &file).await.unwrap();
    for variant in &done.variants {
        assert_eq!(variant.content_type, "image/png");
        let image = decode(&variant.bytes).into_rgba8();
        assert_eq!(image.get_pixel(0, 0).0[3], 0);
        let [red, _, _, alpha] = image.get_pixel(image.width() - 1, 0).0;
        assert_eq!(alpha, 255);
        assert!(red.abs_diff(200) <= 2, "edges keep their color: {red}");
    }
}

#[tokio::test]
async fn opaque_image_with_an_alpha_channel_gets_jpeg_variants() {
    let opaque = DynamicImage::from(samples::quarters(100, 100)).into_rgba8();
    let file = samples::encode(opaque, ImageFormat::Png);
    let done = process(&pool(), "image/png", &file).await.unwrap();
    assert_eq!(done.variants[0].content_type, "image/jpeg");
}

#[tokio::test]
async fn image_of_sixteen_bits_is_processed() {
    let deep = DynamicImage::from(samples::quarters(400, 100)).into_rgba16();
    let file = samples::encode(deep, ImageFormat::Png);
    let done = process(&pool(), "image/png", &file).await.unwrap();
    assert_eq!(
        sizes(&done),
        [("64", 64, 16), ("320", 320, 80), ("1280", 400, 100)]
    );
}

#[tokio::test]
async fn type_without_a_decoder_is_unsupported() {
    let pool = pool();
    for kind in ["image/heic", "image/svg+xml", "text/html", ""] {
        let error = process(&pool, kind, b"x").await.unwrap_err();
        assert!(
            matches!(error, ProcessError::Unsupported),
            "{kind}: {error}"
        );
        assert!(!error.is_transient());
    }
    assert_eq!(pool.idle_processes().len(), 1);
}
