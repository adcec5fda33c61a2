/** `<switchroom-phone>`, the phone for any page. */
export {};
