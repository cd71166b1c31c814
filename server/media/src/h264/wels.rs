//! The one place that touches OpenH264's C interface: open, set the quantizer, encode, close.
//!
//! The crate `openh264` wraps the same library, but hides the fixed quantizer that [`super::rate`]
//! steers, so this binds to its sys crate. It owns the C object and never hands out its pointers.

use std::ffi::{c_int, c_void};
use std::ptr::{from_mut, null_mut};

use openh264_sys2::{
    API, CAMERA_VIDEO_REAL_TIME, CM_BT709, CONSTANT_ID, CP_BT709, DEBLOCKING_IDC_0, DynamicAPI, ELevelIdc,
    ENCODER_OPTION, ENCODER_OPTION_SVC_ENCODE_PARAM_EXT, ENCODER_OPTION_TRACE_LEVEL, ISVCEncoder,
    ISVCEncoderVtbl, LEVEL_3_1, LEVEL_3_2, LEVEL_4_0, LEVEL_4_2, LEVEL_5_1, LEVEL_5_2, LOW_COMPLEXITY,
    PRO_BASELINE, RC_OFF_MODE, SEncParamExt, SFrameBSInfo, SM_FIXEDSLCNUM_SLICE, SM_SINGLE_SLICE,
    SSourcePicture, TRC_BT709, VF_UNDEF, WELS_LOG_QUIET, videoFormatI420, videoFrameTypeIDR,
};

use crate::convert::I420;

/// A call that the library refused, with its name and status.
#[derive(Debug, thiserror::Error)]
#[error("{call} answered {status}")]
pub(super) struct Refusal {
    call: &'static str,
    status: c_int,
}

fn ok(call: &'static str, status: c_int) -> Result<(), Refusal> {
    if status == 0 { Ok(()) } else { Err(Refusal { call, status }) }
}

/// An open encoder of one size.
pub(super) struct Wels {
    api: DynamicAPI,
    encoder: *mut ISVCEncoder,
    params: Box<SEncParamExt>,
    /// 8 KB that the library fills anew with each picture; its pointers are read before the next call.
    units: Box<SFrameBSInfo>,
}

// SAFETY: the object has no thread affinity (its own threads are internal), and `Wels` is the only holder of the
// pointer and is not `Sync`, so calls never overlap.
unsafe impl Send for Wels {}

impl Wels {
    /// Opens an encoder for pictures of `size` that are encoded in so many `slices` at once.
    pub(super) fn new(size: [u32; 2], fps: f32, slices: u8) -> Result<Self, Refusal> {
        let api = DynamicAPI::from_source();
        let mut encoder: *mut ISVCEncoder = null_mut();
        // SAFETY: the out pointer is valid for the call; on success it is an object that only `drop` destroys.
        ok("WelsCreateSVCEncoder", unsafe { api.WelsCreateSVCEncoder(from_mut(&mut encoder)) })?;
        if encoder.is_null() {
            return Err(Refusal { call: "WelsCreateSVCEncoder", status: 0 });
        }
        let mut wels = Self { api, encoder, params: Box::default(), units: Box::default() };
        wels.initialize(size, fps, slices)?;
        Ok(wels)
    }

    fn table(&self) -> &ISVCEncoderVtbl {
        // SAFETY: `encoder` points to a live object, whose first word points to a static table of functions.
        unsafe { &**self.encoder }
    }

    fn initialize(&mut self, size: [u32; 2], fps: f32, slices: u8) -> Result<(), Refusal> {
        let missing = |call| Refusal { call, status: -1 };
        let defaults = self.table().GetDefaultParams.ok_or_else(|| missing("GetDefaultParams"))?;
        let initialize = self.table().InitializeExt.ok_or_else(|| missing("InitializeExt"))?;
        // SAFETY: live object; the library writes one `SEncParamExt`.
        ok("GetDefaultParams", unsafe { defaults(self.encoder, from_mut(&mut *self.params)) })?;
        fill(&mut self.params, size, fps, slices);
        // SAFETY: live object; the library reads one `SEncParamExt` and copies it.
        ok("InitializeExt", unsafe { initialize(self.encoder, &raw const *self.params) })?;
        let mut level: c_int = WELS_LOG_QUIET as c_int;
        self.set(ENCODER_OPTION_TRACE_LEVEL, "TRACE_LEVEL", from_mut(&mut level).cast())
    }

    fn set(&mut self, option: ENCODER_OPTION, name: &'static str, value: *mut c_void) -> Result<(), Refusal> {
        let set = self.table().SetOption.ok_or(Refusal { call: name, status: -1 })?;
        // SAFETY: live object; callers pair each option with the type that it reads.
        ok(name, unsafe { set(self.encoder, option, value) })
    }

    /// Sets the quantizer (0 to 51) of the pictures that follow.
    pub(super) fn set_qp(&mut self, qp: u8) -> Result<(), Refusal> {
        if self.params.sSpatialLayers[0].iDLayerQp == c_int::from(qp) {
            return Ok(());
        }
        self.params.sSpatialLayers[0].iDLayerQp = c_int::from(qp);
        let params: *mut SEncParamExt = &raw mut *self.params;
        // With nothing but the quantizer changed the library keeps its references: no key follows.
        self.set(ENCODER_OPTION_SVC_ENCODE_PARAM_EXT, "SVC_ENCODE_PARAM_EXT", params.cast())
    }

    /// Encodes one picture of the encoder's size into `out` (Annex B); true if it is a key.
    pub(super) fn encode(&mut self, picture: &I420, key: bool, out: &mut Vec<u8>) -> Result<bool, Refusal> {
        let missing = |call| Refusal { call, status: -1 };
        if key {
            let force = self.table().ForceIntraFrame.ok_or_else(|| missing("ForceIntraFrame"))?;
            // SAFETY: live object.
            ok("ForceIntraFrame", unsafe { force(self.encoder, true) })?;
        }
        let encode = self.table().EncodeFrame.ok_or_else(|| missing("EncodeFrame"))?;
        let [width, height] = picture.size().map(|side| side as c_int);
        let source = SSourcePicture {
            iColorFormat: videoFormatI420,
            iStride: [width, width / 2, width / 2, 0],
            pData: [
                picture.y().as_ptr().cast_mut(),
                picture.u().as_ptr().cast_mut(),
                picture.v().as_ptr().cast_mut(),
                null_mut(),
            ],
            iPicWidth: width,
            iPicHeight: height,
            ..SSourcePicture::default()
        };
        // SAFETY: live object; the planes hold `height` rows of the strides given and outlive the call, which only
        // reads them (it copies them into its own padded pictures first); `units` is valid for writing.
        ok("EncodeFrame", unsafe { encode(self.encoder, &raw const source, from_mut(&mut *self.units)) })?;
        out.clear();
        let layers = usize::try_from(self.units.iLayerNum).unwrap_or(0).min(self.units.sLayerInfo.len());
        for layer in &self.units.sLayerInfo[..layers] {
            let count = usize::try_from(layer.iNalCount).unwrap_or(0);
            if count == 0 || layer.pNalLengthInByte.is_null() || layer.pBsBuf.is_null() {
                continue;
            }
            // SAFETY: the library filled `iNalCount` lengths, and as many bytes as they add up to follow `pBsBuf`;
            // both stay untouched until the next call into the object.
            let bytes = unsafe {
                let lengths = std::slice::from_raw_parts(layer.pNalLengthInByte, count);
                let total = lengths.iter().map(|&length| usize::try_from(length).unwrap_or(0)).sum();
                std::slice::from_raw_parts(layer.pBsBuf, total)
            };
            out.extend_from_slice(bytes);
        }
        Ok(self.units.eFrameType == videoFrameTypeIDR)
    }
}

impl Drop for Wels {
    fn drop(&mut self) {
        if let Some(uninitialize) = self.table().Uninitialize {
            // SAFETY: live object; a second call and a call before `InitializeExt` are harmless.
            unsafe { uninitialize(self.encoder) };
        }
        // SAFETY: made by `WelsCreateSVCEncoder`, destroyed once.
        unsafe { self.api.WelsDestroySVCEncoder(self.encoder) };
    }
}

/// One layer, no look-ahead, nothing adaptive: each picture costs the same time and comes out at once.
fn fill(params: &mut SEncParamExt, size: [u32; 2], fps: f32, slices: u8) {
    let [width, height] = size.map(|side| side as c_int);
    params.iUsageType = CAMERA_VIDEO_REAL_TIME;
    params.iPicWidth = width;
    params.iPicHeight = height;
    params.fMaxFrameRate = fps;
    params.iRCMode = RC_OFF_MODE;
    params.iComplexityMode = LOW_COMPLEXITY;
    params.iTemporalLayerNum = 1;
    params.iSpatialLayerNum = 1;
    params.iNumRefFrame = 1;
    params.uiIntraPeriod = 0;
    params.eSpsPpsIdStrategy = CONSTANT_ID;
    params.iEntropyCodingModeFlag = 0;
    params.bEnableFrameSkip = false;
    params.bEnableSceneChangeDetect = false;
    params.bEnableBackgroundDetection = false;
    params.bEnableAdaptiveQuant = false;
    params.bEnableLongTermReference = false;
    params.bEnableDenoise = false;
    // Slices of equal heights: ones that follow how long each took would make other bytes each time.
    params.iMultipleThreadIdc = slices.into();
    params.bUseLoadBalancing = false;
    params.iLoopFilterDisableIdc = DEBLOCKING_IDC_0 as c_int;
    let layer = &mut params.sSpatialLayers[0];
    layer.iVideoWidth = width;
    layer.iVideoHeight = height;
    layer.fFrameRate = fps;
    layer.uiProfileIdc = PRO_BASELINE;
    layer.uiLevelIdc = level(size, fps);
    layer.sSliceArgument.uiSliceMode = if slices > 1 { SM_FIXEDSLCNUM_SLICE } else { SM_SINGLE_SLICE };
    layer.sSliceArgument.uiSliceNum = slices.into();
    // Said in the stream, so that no decoder has to guess from the size (convert.rs uses the same).
    layer.bVideoSignalTypePresent = true;
    layer.uiVideoFormat = VF_UNDEF as u8;
    layer.bFullRange = false;
    layer.bColorDescriptionPresent = true;
    layer.uiColorPrimaries = CP_BT709 as u8;
    layer.uiTransferCharacteristics = TRC_BT709 as u8;
    layer.uiColorMatrix = CM_BT709 as u8;
}

/// The lowest level at or above 3.1 that holds the picture and its rate (H.264 table A-1).
fn level(size: [u32; 2], fps: f32) -> ELevelIdc {
    let blocks = f64::from(size[0].div_ceil(16)) * f64::from(size[1].div_ceil(16));
    let rate = blocks * f64::from(fps);
    [
        (LEVEL_3_1, 3_600.0, 108_000.0),
        (LEVEL_3_2, 5_120.0, 216_000.0),
        (LEVEL_4_0, 8_192.0, 245_760.0),
        (LEVEL_4_2, 8_704.0, 522_240.0),
        (LEVEL_5_1, 36_864.0, 983_040.0),
    ]
    .into_iter()
    .find(|&(_, most_blocks, most_rate)| blocks <= most_blocks && rate <= most_rate)
    .map_or(LEVEL_5_2, |(level, ..)| level)
}
