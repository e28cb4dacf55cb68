/* The steps of a search, for processors with AVX-512 VNNI or AVX2; elsewhere this file is empty.

   Products are of whole numbers, as `seq2seq/nn/inference/product.py` describes: 8-bit inputs without a
   sign, 8-bit weights with one, sums of 32 bits. A row's result never depends on the rows beside it, nor
   on how the work is shared among threads.

   `lanes.h` is compiled once for each set of instructions; `s2s_instructions` says which the processor
   has. All matrices are row-major; a stride is the number of elements from one row to the next. */

#define _GNU_SOURCE /* sched_getcpu */

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

int s2s_version(void) { return S2S_VERSION; }

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#include "team.h"

#define CONCATENATED(a, b) a##_##b
#define NAMED(a, b) CONCATENATED(a, b)

/* Scratch memory of a thread: grows, and is freed when the thread ends. */
typedef struct {
    size_t size;
    void *memory;
} Scratch;

static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static pthread_key_t scratch_key;

static void scratch_free(void *own) {
    free(((Scratch *)own)->memory);
    free(own);
}

static void scratch_begin(void) { pthread_key_create(&scratch_key, scratch_free); }

static void *scratch_of(size_t size) {
    pthread_once(&scratch_once, scratch_begin);
    Scratch *own = pthread_getspecific(scratch_key);
    if (!own) {
        own = calloc(1, sizeof *own);
        if (!own || pthread_setspecific(scratch_key, own)) {
            free(own);
            return NULL;
        }
    }
    if (size > own->size) {
        free(own->memory);
        own->memory = aligned_alloc(64, (size + 63) / 64 * 64);
        own->size = own->memory ? size : 0;
    }
    return own->memory;
}

static size_t aligned(size_t size) { return (size + 63) / 64 * 64; }

#pragma GCC push_options
#pragma GCC target("avx2,fma")
#define SET avx2
#include "lanes_avx2.h"
#include "lanes.h"
#undef SET
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma")
#define SET avx512
#include "lanes_avx512.h"
#include "lanes.h"
#undef SET
#pragma GCC pop_options

int s2s_instructions(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vnni")) {
        return S2S_AVX512_VNNI;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return S2S_AVX2;
    }
    return S2S_NONE;
}

#define CHOOSE(set, call) ((set) == S2S_AVX512_VNNI ? call##_avx512 : call##_avx2)

int64_t s2s_packed_size(int set, int64_t outputs, int64_t inputs) {
    return CHOOSE(set, packed_size)(outputs, inputs);
}

void s2s_pack(int set, const int8_t *whole, int64_t outputs, int64_t inputs, int8_t *packed) {
    CHOOSE(set, pack)(whole, outputs, inputs, packed);
}

int s2s_multiply(const S2SProduct *product, const float *x, int64_t rows, float *y, int threads) {
    return CHOOSE(product->set, multiply_alone)(product, x, rows, y, threads);
}

void s2s_decays(int set, float *x, int64_t count) { CHOOSE(set, decays)(x, count); }

void s2s_attend(const S2SAttention *attention, int threads) {
    CHOOSE(attention->set, attend)(attention, threads);
}

int s2s_read(const S2SReading *reading, int threads) {
    return CHOOSE(reading->recurrent->set, read)(reading, threads);
}

int s2s_step(const S2SDecoder *decoder, const S2SStep *step, int threads) {
    return CHOOSE(decoder->projection->set, step)(decoder, step, threads);
}

void s2s_best(int set, const float *logits, const S2SBest *best, int threads) {
    CHOOSE(set, best)(logits, best, threads);
}

int64_t s2s_run(const S2SDecoder *decoder, const S2SRun *run, int threads) {
    return CHOOSE(decoder->projection->set, run)(decoder, run, threads);
}

#else

int s2s_instructions(void) { return S2S_NONE; }

#endif
