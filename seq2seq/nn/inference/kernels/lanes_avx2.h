/* AVX2: 8 numbers at a time. Pairs of products are added in 16 bits, which inputs up to 126 leave room for. */

#undef LANES
#undef TILE_ROWS
#define LANES 8
#define TILE_ROWS 2 /* by 4 vectors of sums: 8 of 16 registers */
#define V __m256
#define VI __m256i
#define v_load(p) _mm256_loadu_ps(p)
#define v_load_whole(p) _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(p))))
#define v_store(p, x) _mm256_storeu_ps(p, x)
#define v_set(x) _mm256_set1_ps(x)
#define v_add(a, b) _mm256_add_ps(a, b)
#define v_sub(a, b) _mm256_sub_ps(a, b)
#define v_mul(a, b) _mm256_mul_ps(a, b)
#define v_fma(a, b, c) _mm256_fmadd_ps(a, b, c)
#define v_max(a, b) _mm256_max_ps(a, b)
#define v_min(a, b) _mm256_min_ps(a, b)
#define v_round(x) _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
#define v_times_power(x, n) \
    _mm256_mul_ps(x, _mm256_castsi256_ps(_mm256_slli_epi32( \
                         _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23)))
#define v_sum(x) sum_avx2(x)
#define v_highest(x) highest_avx2(x)
#define i_zero() _mm256_setzero_si256()
#define i_load(p) _mm256_loadu_si256((const __m256i *)(p))
#define i_set(x) _mm256_set1_epi32(x)
#define i_float(x) _mm256_cvtepi32_ps(x)
#define i_dot(sum, x, w) /* sum += x . w */ \
    (sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(x, w), _mm256_set1_epi16(1))))

static inline float sum_avx2(__m256 x) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

static inline float highest_avx2(__m256 x) {
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
}

static inline __m256 reciprocal_avx2(__m256 x) { return _mm256_div_ps(_mm256_set1_ps(1.0f), x); }

static inline void store_bytes_avx2(uint8_t *to, __m256 x) {
    __m256i whole = _mm256_cvtps_epi32(x);
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    _mm_storel_epi64((__m128i *)to, _mm_packus_epi16(words, words));
}
