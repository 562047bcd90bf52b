"""The thresholds of the training-free methods, in one place."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT", "ClassicConfig"]


@dataclass(frozen=True)
class ClassicConfig:
    """Thresholds of `model.classic` and of the engine that chooses among its methods.

    Levels, opacities and transmissions in 0..1 of the encoded range; lengths in pixels of the working resolution.

    Attributes
    ----------
    coarse_pixels : pixels at which fog and shadows are estimated
    fine_pixels : pixels at which marks and streaks are estimated
    haze_threshold : dark-channel level from which a picture counts as foggy
        98 of 100 clear photographs stayed below, 55 of 100 foggy ones lay above.
    rain_threshold : ratio of directional responses from which a picture counts as rainy
        No direction among the thin bright things of those clear photographs stood out by more.
    fog_strength : share of the dark channel taken for fog
        Few photographs are truly dark everywhere.
    fog_local_weight : weight of the local thickness of fog; the rest is one quantile of the whole picture's
    fog_quantile : that quantile
    fog_min_transmission : transmission
        A lower one would multiply noise and JPEG blocks by more than 7.
    streak_length : shortest streak of rain
    streak_width : broadest streak of rain
    streak_response : level from which a pixel fully belongs to a streak
    streak_max_tilt : degrees from the vertical
    shadow_min_transmission : transmission of the darkest shadow
    shadow_rim : pixels inside the hint's outline where the transmission is measured pixel by pixel
    mark_min_opacity : opacity below which the hint is taken for no outline, or the mark for absent
    mark_opaque_thin, mark_opaque_broad : opacity
        Of thin and of broad strokes: above this too little is transmitted to invert, and the background is inpainted.
    mark_opaque_shown : the same where the pixels on both sides of the edge correlate, so that the background is seen
        through the mark. 12 validation texts in one ink, median of unchanged: 0.29 with 0.6, 0.22 with 0.9.
    mark_broad : half a broad stroke's width
    mark_plausible, mark_plausible_core : standard deviations of the surroundings
        How far an inverted background may lie from the inpainted one, on the rim and in the core. 23 validation texts
        with the true outline, median of unchanged: 0.20 and 0.25 with the core held to 2.5, 0.17 and 0.20 without a
        bound, which costs a tiling in faint estimates 7 % (tests/model/nano/test_tiling.py); 6 costs it 2 %. Deeper
        than `mark_broad` there is no bound.
    mark_max_pairs : pairs of pixels across the edge that are compared at most
    mark_min_correlation : correlation across the edge
        Below it the background is too flat to tell opacity from colour.
    hinted_surroundings : pixels of picture that are seen around a hint at least
    hinted_max_share, plate_max_share : share of the picture that a hint's box may have to point at a mark, at a plate
    hinted_min_fill : share of its bounding box that a hint must fill to enclose lettering or a doubtful plate
        A brush along 40 dates, subtitles, plates and letterings fills 0.46 or more; six strokes on 38 marks and shadows
        fill less but for one of 0.44. Of three of those that were taken for a plate (gains 0.79 to 0.96) two came out
        worse; plates of certain gain under one diagonal stroke came to 0.14.
    page_paper_range : range of a channel within which a pixel is as bright as the paper
    page_colour_range : range of the channels, over the paper, from which a pixel has colour
    page_min_level, page_min_paper, page_min_gray : level of the paper, share of paper, share of gray pixels
        All three make a page.
    plate_opacity : opacities that a plate may have
    plate_min_gain, plate_certain_gain : nats a sample and channel
        By which a plate must explain the frame's contour better than the scene: where nothing else is found and it is
        fainter than `plate_faint_opacity`, and to be believed before opaque lettering.
        Of 70 boxes on photographs without a plate 2 lay above the latter, of 32 on photographs with one 25.
    plate_good_share, plate_equal_share : of the best frame's gain from which a larger one is tried, and is preferred
    plate_candidates : plainest steps on each side through which frames are drawn
    plate_min_height, plate_min_width : of a frame over those of the hint's box
    lettering_min_log_ratio : of a colour's frequency inside the hint and around it
    lettering_colour_distance : distance in CIE Lab within which a pixel has the ink's colour
    lettering_min_share : share of the hint that the ink must cover
    lettering_max_share : share of the hint beyond which what is segmented is no lettering
    """

    coarse_pixels: int = 400_000
    fine_pixels: int = 2_000_000
    haze_threshold: float = 0.1
    rain_threshold: float = 2.0
    fog_strength: float = 0.80
    fog_local_weight: float = 0.6
    fog_quantile: float = 0.4
    fog_min_transmission: float = 0.15
    streak_length: int = 13
    streak_width: int = 11
    streak_response: float = 0.03
    streak_max_tilt: float = 50.0
    shadow_min_transmission: float = 0.08
    shadow_rim: int = 5
    mark_min_opacity: float = 0.06
    mark_opaque_thin: float = 0.6
    mark_opaque_broad: float = 0.85
    mark_opaque_shown: float = 0.9
    mark_broad: float = 6.0
    mark_plausible: float = 2.5
    mark_plausible_core: float = 6.0
    mark_max_pairs: int = 60_000
    mark_min_correlation: float = 0.35
    hinted_surroundings: int = 48
    hinted_max_share: float = 0.55
    hinted_min_fill: float = 0.42
    plate_max_share: float = 0.9
    page_paper_range: float = 0.12
    page_colour_range: float = 0.12
    page_min_level: float = 0.55
    page_min_paper: float = 0.5
    page_min_gray: float = 0.93
    plate_opacity: tuple[float, float] = (0.12, 0.92)
    plate_min_gain: float = 0.7
    plate_certain_gain: float = 1.5
    plate_faint_opacity: float = 0.75
    plate_good_share: float = 0.6
    plate_equal_share: float = 0.75
    plate_candidates: int = 6
    plate_min_height: float = 0.15
    plate_min_width: float = 0.3
    lettering_min_log_ratio: float = 1.5
    lettering_colour_distance: float = 22.0
    lettering_min_share: float = 0.01
    lettering_max_share: float = 0.85


DEFAULT = ClassicConfig()
