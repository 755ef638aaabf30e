#include "sandbox/heap.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A region is aligned to its size, so that a block's page is found from its address alone. Its first page
 * holds the descriptions of the others. */
#define PAGE_SIZE    ((size_t)4096)
#define REGION_PAGES ((size_t)16)
#define REGION_SIZE  (PAGE_SIZE * REGION_PAGES)

struct heap_page {
    struct heap_page *next, *previous; /* in `with_room` of its class, or in `empty` */
    void *freed;                       /* blocks that came back, each holds the address of the next */
    uint16_t live;                     /* blocks in use */
    uint16_t fresh;                    /* blocks at the end that were never handed out start here */
    uint16_t capacity;
    uint16_t class_index;
};

struct region {
    size_t pages_in_use;
    struct heap_page pages[REGION_PAGES]; /* [0] is the region's own and unused */
};
_Static_assert(sizeof(struct region) <= PAGE_SIZE, "the descriptions fit in the first page");

static struct region *region_of(const void *address)
{
    return (struct region *)((uintptr_t)address & ~(uintptr_t)(REGION_SIZE - 1));
}

static struct heap_page *page_of(const void *block)
{
    struct region *region = region_of(block);
    return &region->pages[((uintptr_t)block - (uintptr_t)region) / PAGE_SIZE];
}

static char *page_memory(const struct heap_page *page)
{
    struct region *region = region_of(page);
    return (char *)region + (size_t)(page - region->pages) * PAGE_SIZE;
}

static void list_push(struct heap_page **list, struct heap_page *page)
{
    page->previous = NULL;
    page->next = *list;
    if (*list) (*list)->previous = page;
    *list = page;
}

static void list_remove(struct heap_page **list, struct heap_page *page)
{
    if (page->previous)
        page->previous->next = page->next;
    else
        *list = page->next;
    if (page->next) page->next->previous = page->previous;
}

static bool refuse(struct heap *heap)
{
    heap->refused = true;
    if (heap->on_refusal) heap->on_refusal(heap->owner);
    return false;
}

/* May `bytes` more be used? Notes the peak or the refusal. */
static inline bool take(struct heap *heap, size_t bytes, bool enforced)
{
    if (enforced && (heap->used >= heap->limit || bytes > heap->limit - heap->used)) return refuse(heap);
    heap->used += bytes;
    if (heap->used > heap->peak) heap->peak = heap->used;
    return true;
}

static bool heap_take(struct heap *heap, size_t bytes)
{
    return take(heap, bytes, heap->enforced);
}

bool heap_reserve(struct heap *heap, size_t bytes)
{
    return take(heap, bytes, true);
}

void heap_release(struct heap *heap, size_t bytes)
{
    heap->used -= bytes;
}

static bool add_region(struct heap *heap)
{
    struct region *region = aligned_alloc(REGION_SIZE, REGION_SIZE);
    if (!region) return false;
    memset(region, 0, sizeof(*region));
    for (size_t i = REGION_PAGES - 1; i >= 1; i--)
        list_push(&heap->empty, &region->pages[i]);
    heap->empty_count += REGION_PAGES - 1;
    return true;
}

static struct heap_page *open_page(struct heap *heap, size_t class_index)
{
    if (!heap_take(heap, PAGE_SIZE)) return NULL;
    if (!heap->empty && !add_region(heap)) {
        heap->used -= PAGE_SIZE;
        return NULL;
    }
    struct heap_page *page = heap->empty;
    list_remove(&heap->empty, page);
    heap->empty_count--;
    region_of(page)->pages_in_use++;
    page->freed = NULL;
    page->live = page->fresh = 0;
    page->class_index = (uint16_t)class_index;
    page->capacity = (uint16_t)(PAGE_SIZE / ((class_index + 1) * HEAP_CLASS_SIZE));
    list_push(&heap->with_room[class_index], page);
    return page;
}

/* Gives an empty page back for every class; an empty region goes back to the system while others have room.
 */
static void close_page(struct heap *heap, struct heap_page *page)
{
    struct region *region = region_of(page);
    list_remove(&heap->with_room[page->class_index], page);
    list_push(&heap->empty, page);
    heap->empty_count++;
    heap->used -= PAGE_SIZE;
    if (--region->pages_in_use > 0) return;
    for (size_t i = 1; i < REGION_PAGES; i++)
        list_remove(&heap->empty, &region->pages[i]);
    heap->empty_count -= REGION_PAGES - 1;
    free(region);
}

static size_t class_of(size_t size)
{
    return (size - 1) / HEAP_CLASS_SIZE;
}

static void *small_allocate(struct heap *heap, size_t size)
{
    size_t class_index = class_of(size);
    struct heap_page *page = heap->with_room[class_index];
    if (!page && !(page = open_page(heap, class_index))) return NULL;
    void *block = page->freed;
    if (block)
        memcpy(&page->freed, block, sizeof(void *));
    else
        block = page_memory(page) + (size_t)page->fresh++ * (class_index + 1) * HEAP_CLASS_SIZE;
    if (++page->live == page->capacity) list_remove(&heap->with_room[class_index], page);
    return block;
}

static void small_free(struct heap *heap, void *block)
{
    struct heap_page *page = page_of(block);
    memcpy(block, &page->freed, sizeof(void *));
    page->freed = block;
    if (page->live-- == page->capacity) list_push(&heap->with_room[page->class_index], page);
    if (page->live == 0) close_page(heap, page);
}

static void *large_allocate(struct heap *heap, size_t size)
{
    if (!heap_take(heap, size)) return NULL;
    void *block = malloc(size);
    if (!block) heap->used -= size;
    return block;
}

static void *large_resize(struct heap *heap, void *block, size_t old_size, size_t new_size)
{
    if (new_size > old_size && !heap_take(heap, new_size - old_size)) return NULL;
    void *resized = realloc(block, new_size);
    if (!resized) {
        if (new_size <= old_size) return block; /* shrinking must not fail */
        heap->used -= new_size - old_size;
        return NULL;
    }
    if (new_size < old_size) heap->used -= old_size - new_size;
    return resized;
}

static void *new_block(struct heap *heap, size_t size)
{
    return size <= HEAP_SMALL_LIMIT ? small_allocate(heap, size) : large_allocate(heap, size);
}

static void free_block(struct heap *heap, void *block, size_t size)
{
    if (size <= HEAP_SMALL_LIMIT) {
        small_free(heap, block);
    } else {
        free(block);
        heap->used -= size;
    }
}

void *heap_allocate(void *of, void *block, size_t old_size, size_t new_size)
{
    struct heap *heap = of;
    if (!block) return new_size ? new_block(heap, new_size) : NULL; /* old_size is then a kind of object */
    if (new_size == 0) {
        free_block(heap, block, old_size);
        return NULL;
    }
    bool was_small = old_size <= HEAP_SMALL_LIMIT, is_small = new_size <= HEAP_SMALL_LIMIT;
    if (was_small && is_small && class_of(old_size) == class_of(new_size)) return block;
    if (!was_small && !is_small) return large_resize(heap, block, old_size, new_size);
    void *moved = new_block(heap, new_size);
    if (!moved) return NULL;
    memcpy(moved, block, old_size < new_size ? old_size : new_size);
    free_block(heap, block, old_size);
    return moved;
}
