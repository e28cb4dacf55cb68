/* AVX-512 with VNNI: 16 numbers at a time. */

#undef LANES
#undef TILE_ROWS
#define LANES 16
#define TILE_ROWS 6 /* by 4 vectors of sums: 24 of 32 registers */
#define V __m512
#define VI __m512i
#define v_load(p) _mm512_loadu_ps(p)
#define v_load_whole(p) _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(p))))
#define v_store(p, x) _mm512_storeu_ps(p, x)
#define v_set(x) _mm512_set1_ps(x)
#define v_add(a, b) _mm512_add_ps(a, b)
#define v_sub(a, b) _mm512_sub_ps(a, b)
#define v_mul(a, b) _mm512_mul_ps(a, b)
#define v_fma(a, b, c) _mm512_fmadd_ps(a, b, c)
#define v_max(a, b) _mm512_max_ps(a, b)
#define v_min(a, b) _mm512_min_ps(a, b)
#define v_round(x) _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
#define v_times_power(x, n) _mm512_scalef_ps(x, n)
#define v_sum(x) _mm512_reduce_add_ps(x)
#define v_highest(x) _mm512_reduce_max_ps(x)
#define i_zero() _mm512_setzero_si512()
#define i_load(p) _mm512_loadu_si512(p)
#define i_set(x) _mm512_set1_epi32(x)
#define i_float(x) _mm512_cvtepi32_ps(x)
/* sum += x . w, written out: GCC 12 copies each sum to another register and loads w anew for each row. */
#define i_dot(sum, x, w) __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(w))

static inline __m512 reciprocal_avx512(__m512 x) {
    __m512 guess = _mm512_rcp14_ps(x); /* one step of Newton's doubles its 14 bits */
    return _mm512_mul_ps(guess, _mm512_fnmadd_ps(x, guess, _mm512_set1_ps(2.0f)));
}

static inline void store_bytes_avx512(uint8_t *to, __m512 x) {
    _mm_storeu_si128((__m128i *)to, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(x)));
}
