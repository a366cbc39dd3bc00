/** Writes a text to the mailbox, then ends with the return code in r3. */
export const HELLO = `
        .section int.text, "ax"
        b       __init
        .org    0x34
        .type   __init, @function
        .global __init
__init: lis     r4, mailbox_base@ha
        addi    r4, r4, mailbox_base@l
        lis     r5, text@ha
        addi    r5, r5, text@l
1:      lbz     r6, 0(r5)
        stb     r6, 0(r4)
        addi    r5, r5, 1
        addi    r4, r4, 1
        cmpwi   r6, 0
        bne     1b
        .type   exit, @function
exit:   stw     r3, mailbox_base - 4(0)
2:      wait
        b       2b
        .data
        .global text
text:   .asciz  "hello\\n"
`;

/** Ends with r3 as its return code. */
export const RETURN = "stw r3, 0x2ffc(0)\nend: wait\n b end\n";
export const ENDLESS = "spin: b spin\n";
